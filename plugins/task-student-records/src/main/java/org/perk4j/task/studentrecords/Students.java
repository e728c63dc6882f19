package org.perk4j.task.studentrecords;

import java.util.SplittableRandom;

/** Generates students. */
interface Students {

    /** @return the generator for one context, whose students may have more in common than others */
    default Students ofOneContext(SplittableRandom random) {
        return this;
    }

    /** @return a random student with this id */
    Student student(int id, SplittableRandom random);
}
