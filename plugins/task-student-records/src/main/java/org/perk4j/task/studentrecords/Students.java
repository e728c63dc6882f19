package org.perk4j.task.studentrecords;

import java.util.SplittableRandom;

/** Where what is known of a student comes from. */
interface Students {

    /** @return a student with this id, made up */
    Student student(int id, SplittableRandom random);
}
