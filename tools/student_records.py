"""Student Records as the task plugin makes them up: from its lists ("known"), or with open values."""
import pathlib

REGISTRY = (pathlib.Path(__file__).resolve().parent.parent
            / "plugins/task-student-records/src/main/resources/org/perk4j/task/studentrecords")
lines = lambda name: (REGISTRY / name).read_text(encoding="utf-8").splitlines()
TITLES, FIRST, LAST, SUFFIXES, YEARS = (lines(n + ".txt") for n in ("titles", "first-names", "last-names", "suffixes", "years"))
COURSES = [line.split("\t") for line in lines("majors.tsv")]
QUESTIONS = {"Student Name": "What is the name of the student with ID {}?", "Major": "What major is student with ID {} studying?",
             "Grade": "What is the grade of the student with ID {}?", "Year": "Which year is student with ID {} in?",
             "School": "Which school is the student with ID {} enrolled in?"}

ONSETS = "b br c ch cl d dr f fl g gl gr h j k kh kl kr l m n p ph pl pr qu r rh s sh sk sl sn sp st str t th tr ts v w y z zh".split()
VOWELS = "a e i o u a e i o u ai au ea ee ei ia ie io oa oo ou ua y".split()
CODAS = "b ck d f g k l ld ll lm m mp n nd ng nk ns nt p r rd rk rn rs rt s sh sk ss st t th tt x z".split()
ACCENTED = str.maketrans("aeioucnsz", "áéíöüçñšž")
FIELDS_OF_STUDY = ("Studies Engineering Science Sciences History Theory Design Arts Literature Languages Management Law "
                   "Medicine Education Research Technology Analysis Philosophy Physics Music").split()
SCHOOLS = ("School of {}", "{} School", "School of {}", "College of {}", "{} College", "Faculty of {}", "Department of {}",
           "Institute of {}", "Academy of {}", "{} University")


def made_up(draw):
    """A word that can be spoken but that no language need have."""
    word = ""
    for _ in range(draw.choice((1, 2, 2, 2, 3))):
        word += (draw.choice(ONSETS) if draw.random() < 0.85 else "") + draw.choice(VOWELS)
        word += draw.choice(CODAS) if draw.random() < 0.35 else ""
    word += draw.choice(CODAS) if len(word) < 3 else ""
    return word


def word(draw, words):
    chosen = draw.choice(words) if words and draw.random() < 0.5 else made_up(draw)
    if draw.random() < 0.05:
        at = draw.randrange(len(chosen))
        chosen = chosen[:at] + chosen[at].translate(ACCENTED) + chosen[at + 1:]
    return chosen[0].upper() + chosen[1:]


def name(draw, first, last):
    whole = f"{first} {last}"
    whole = f"{draw.choice(TITLES)} {whole}" if draw.random() < 0.3 else whole
    return f"{whole} {draw.choice(SUFFIXES)}" if draw.random() < 0.3 else whole


def subject(draw, words):
    parts = [word(draw, words) for _ in range(draw.choice((1, 1, 2, 2, 3)))]
    if draw.random() < 0.4:
        parts.append(draw.choice(FIELDS_OF_STUDY))
    glue = draw.choice((" ", " ", " & ", " and ")) if len(parts) == 2 else " "
    return glue.join(parts)


def student(draw, words=None):
    """A record's fields. With words (which may be empty), most of the values are open: made up, or of these words."""
    known = lambda share: words is None or draw.random() < share
    first, last = draw.choice(FIRST), draw.choice(LAST)
    if not known(0.3):
        first, last = word(draw, words), word(draw, words)
    school, major = draw.choice(COURSES)
    if not known(0.3):
        school = draw.choice(SCHOOLS).format(subject(draw, words))
    if not known(0.3):
        major = subject(draw, words)
    year = draw.choice(YEARS) if known(0.7) else word(draw, words)
    return {"Student Name": name(draw, first, last), "Year": year, "School": school, "Major": major,
            "Grade": str(draw.randint(0, 100))}
