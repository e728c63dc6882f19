package org.perk4j.task.studentrecords;

/** A record. */
record Student(String id, String name, String year, String school, String major, int grade) {

    /** @return this student at another's school, with the other's major and grade */
    Student like(Student other) {
        return new Student(id, name, year, other.school, other.major, other.grade);
    }

    /** @return the record as it is written in a context */
    String line() {
        return "Student Id: %s, Student Name: %s, Year: %s, School: %s, Major: %s, Grade: %d"
                .formatted(id, name, year, school, major, grade);
    }
}
