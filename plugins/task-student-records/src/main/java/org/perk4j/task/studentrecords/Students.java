package org.perk4j.task.studentrecords;

import java.util.SplittableRandom;

/** Where what is known of a student comes from. */
interface Students {

    /** @return where those of one context come from: they may have more in common than others */
    default Students ofOneContext(SplittableRandom random) {
        return this;
    }

    /** @return a student with this id, made up */
    Student student(int id, SplittableRandom random);
}
