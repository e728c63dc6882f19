"""Student Records as the task plugin makes them up, from the same lists."""
import pathlib

REGISTRY = (pathlib.Path(__file__).resolve().parent.parent
            / "plugins/tasks-student-records/src/main/resources/org/perk4j/tasks/studentrecords")
lines = lambda name: (REGISTRY / name).read_text(encoding="utf-8").splitlines()
TITLES, FIRST, LAST, SUFFIXES, YEARS = (lines(n + ".txt") for n in ("titles", "first-names", "last-names", "suffixes", "years"))
COURSES = [line.split("\t") for line in lines("majors.tsv")]
QUESTIONS = {"Student Name": "What is the name of the student with ID {}?", "Major": "What major is student with ID {} studying?",
             "Grade": "What is the grade of the student with ID {}?", "Year": "Which year is student with ID {} in?",
             "School": "Which school is the student with ID {} enrolled in?"}


def student(draw):
    name = draw.choice(FIRST) + " " + draw.choice(LAST)
    name = draw.choice(TITLES) + " " + name if draw.random() < 0.3 else name
    name = name + " " + draw.choice(SUFFIXES) if draw.random() < 0.3 else name
    school, major = draw.choice(COURSES)
    return {"Student Name": name, "Year": draw.choice(YEARS), "School": school, "Major": major,
            "Grade": str(draw.randint(0, 100))}
