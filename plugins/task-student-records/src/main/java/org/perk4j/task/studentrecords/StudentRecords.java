package org.perk4j.task.studentrecords;

import org.osgi.service.component.annotations.Component;
import org.perk4j.data.TaskSource;
import org.perk4j.data.TaskType;
import org.perk4j.data.Tokenizer;
import org.perk4j.plugin.Provides;

/**
 * Student Records: a context of many records of one line each, and questions about single records, pairs of them, or all
 * of them. Records and questions are worded as in the PERK paper's data (arXiv 2507.06415).
 */
@Component
@Provides(kind = "task", type = "student-records")
public final class StudentRecords implements TaskType<StudentRecordsOptions> {

    @Override
    public Class<StudentRecordsOptions> options() {
        return StudentRecordsOptions.class;
    }

    @Override
    public TaskSource create(StudentRecordsOptions options, Tokenizer tokenizer) {
        return new StudentRecordsSource(options);
    }
}
