package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.deque.html.axecore.results.Results;
import com.deque.html.axecore.selenium.AxeBuilder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * The service's page in a browser, as people use it. Skipped where there are no {@code chromium} and {@code chromedriver}.
 * Its pictures are in {@code target/page}.
 */
class PageIT {

    private static final Path PICTURES = Path.of("target/page");
    private static final String KEY = "the-key";
    private static final List<String> OTHERS = List.of("730261/James Brown/Sophomore", "559032/Olivia Jones/Junior",
            "118407/Noah Davis/Senior", "846120/Ava Miller/Freshman", "392574/Liam Wilson/Sophomore");

    @TempDir
    private Path folder;

    private ChromeDriver browser;

    @BeforeEach
    void open() throws IOException {
        Optional<File> chromium = installed("chromium");
        Optional<File> driver = installed("chromedriver");
        assumeTrue(chromium.isPresent() && driver.isPresent(), "no chromium and chromedriver on the path");
        Files.createDirectories(PICTURES);
        browser = new ChromeDriver(new ChromeDriverService.Builder().usingDriverExecutable(driver.get()).build(),
                new ChromeOptions().setBinary(chromium.get())
                        .addArguments("--headless=new", "--no-sandbox", "--disable-dev-shm-usage",
                                "--window-size=1280,1400"));
    }

    @AfterEach
    void close() {
        if (browser != null) {
            browser.quit();
        }
    }

    private static Optional<File> installed(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(place -> new File(place, program))
                .filter(File::canExecute).findFirst();
    }

    private WebDriverWait patiently() {
        return new WebDriverWait(browser, Duration.ofMinutes(3));
    }

    private WebElement shown(By what) {
        return patiently().until(ExpectedConditions.visibilityOfElementLocated(what));
    }

    private static By text(String element, String text) {
        return By.xpath("//" + element + "[normalize-space(.)='" + text + "']");
    }

    private void picture(String name) throws IOException {
        Files.write(PICTURES.resolve(name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
    }

    private void remember(String name, String text) {
        if (browser.findElements(By.cssSelector("#memories details[open]")).isEmpty()) {
            browser.findElement(By.cssSelector("#memories summary")).sendKeys(Keys.ENTER);
        }
        browser.findElement(By.name("name")).sendKeys(name);
        browser.findElement(By.name("text")).sendKeys(text);
        browser.findElement(text("button", "Remember")).sendKeys(Keys.ENTER);
        shown(By.cssSelector("#ask input[value='base:" + name + "']"));
    }

    /** @return records of six students, of whom the first is in {@code year} */
    private static String records(String year) {
        return "Student Id: 204815, Student Name: Emma Smith, Year: " + year
                + ", School: School of Engineering, Major: Computer Science, Grade: B\n"
                + OTHERS.stream().map(other -> "Student Id: %s, Student Name: %s, Year: %s, School: School of Engineering, "
                .formatted((Object[]) other.split("/")) + "Major: Computer Science, Grade: B")
                .collect(Collectors.joining("\n"));
    }

    private String answer(String label) {
        By text = By.xpath("//article[header='" + label + "'][footer]/p[@class='answer']");
        return shown(text).getText();
    }

    private void requireAccessible(String when) {
        Results found = new AxeBuilder().analyze(browser);
        assertEquals(List.of(),
                found.getViolations().stream().map(rule -> rule.getId() + " " + rule.getNodes()).toList(), when);
    }

    @Test
    void memoriesAreMadeAskedAndDeletedByKeyboard() throws Exception {
        try (Served service = new Served(Perk.INSTALLATION, folder, Map.of())) {
            browser.get(service.address().toString());
            shown(By.id("ask"));
            assertEquals("No memories yet: add a text below.", shown(By.cssSelector("#memories .muted")).getText());
            remember("first", records("Senior"));
            remember("second", records("Freshman"));
            requireAccessible("light");

            browser.findElement(By.cssSelector("input[value='base:second']")).sendKeys(Keys.SPACE);
            WebElement first = browser.findElement(By.cssSelector("input[value='base:first']"));
            if (!first.isSelected()) {
                first.sendKeys(Keys.SPACE);
            }
            browser.findElement(By.name("question"))
                    .sendKeys("Which year is student with ID 204815 in?" + Keys.chord(Keys.CONTROL, Keys.ENTER));
            assertEquals("Senior", answer("first"));
            assertEquals("Freshman", answer("second"));
            picture("light");

            browser.findElement(By.cssSelector("button[aria-label='Loss of second']")).sendKeys(Keys.ENTER);
            shown(By.cssSelector(".plot canvas"));
            browser.executeCdpCommand("Emulation.setEmulatedMedia",
                    Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
            assertNotEquals("rgb(255, 255, 255)", background());
            requireAccessible("dark");
            picture("dark");

            browser.findElement(By.cssSelector("button[aria-label='Delete second']")).sendKeys(Keys.ENTER);
            browser.switchTo().alert().accept();
            patiently().until(ExpectedConditions.invisibilityOfElementLocated(
                    By.cssSelector("input[value='base:second']")));
            assertEquals(404, service.send(service.to("/v1/memories/second")).statusCode());
            String address = service.address().toString();
            assertTrue(fetched().stream().allMatch(url -> url.startsWith(address)), fetched()::toString);
            assertEquals(List.of(), browser.manage().logs().get("browser").getAll());
        }
    }

    @Test
    void trainingsAndEvaluationsAreShown() throws Exception {
        try (Served service = new Served(Perk.INSTALLATION, folder, Map.of())) {
            Map<String, Object> task = Map.of("type", "student-records", "records", 2, "questions", 4);
            service.post("/v1/jobs", Map.of("kind", "train", "name", "trained", "job", Map.of("adapter",
                    Map.of("type", "lora", "rank", 2), "stages", List.of(Map.of("steps", 6, "task", task)),
                    "validation", Map.of("every", 2, "episodes", 1, "answers", 0))));
            service.post("/v1/jobs", Map.of("kind", "evaluate", "name", "measured", "job", Map.of("episodes", 1,
                    "answerTokens", 4, "contexts", List.of(task, Map.of("type", "student-records", "records", 4)))));
            browser.get(service.address().toString());
            shown(By.cssSelector("button[aria-label='Curve of trained']")).sendKeys(Keys.ENTER);
            shown(By.cssSelector("[role='img'][aria-label^='Loss by step: loss from'] canvas"));
            shown(By.cssSelector("[role='img'][aria-label^='Accuracy by step'] canvas"));
            shown(By.xpath("//tr[th='trained']//span[@class='state good']"));
            picture("training");
            shown(By.cssSelector("button[aria-label='Results of measured']")).sendKeys(Keys.ENTER);
            shown(By.cssSelector("[role='img'][aria-label^='Exact match by tokens of the context'] canvas"));
            assertEquals(2, browser.findElements(By.cssSelector("#jobs caption")).size());
            // Of each length with memory and without, in a table for each.
            assertEquals(8, browser.findElements(By.cssSelector("#jobs table table:not(.u-legend) tbody th")).size());
            requireAccessible("results");
            picture("results");
            assertEquals(List.of(), browser.manage().logs().get("browser").getAll());
        }
    }

    @Test
    void aTrainingIsStartedByKeyboardAndItsCurveAppears() throws Exception {
        String wrong = """
                {"adapter": {"type": "lora", "rank": 2},
                 "stages": [{"steps": 3, "task": {"type": "student-records", "records": 2}}],
                 "validation": {"every": 1, "episodes": 1, "answers": 0, "wrongKey": 1}}""";
        Path file = Files.writeString(folder.resolve("my-training.json"), wrong.replace(", \"wrongKey\": 1", ""));
        try (Served service = new Served(Perk.INSTALLATION, folder, Map.of())) {
            browser.get(service.address().toString());
            shown(By.cssSelector("#jobs summary")).sendKeys(Keys.ENTER);
            WebElement job = shown(By.name("job"));
            assertEquals("train", browser.findElement(By.name("kind")).getAttribute("value"));
            job.sendKeys("{\"stages\": [}");
            start();
            assertTrue(problem().startsWith("This is not JSON: "), problem());
            assertEquals(job, browser.switchTo().activeElement());
            assertEquals("true", job.getAttribute("aria-invalid"));
            assertTrue(job.getAttribute("aria-describedby").contains("job-problem"));

            job.sendKeys(Keys.chord(Keys.CONTROL, "a") + wrong);
            assertEquals(List.of(), browser.findElements(By.id("job-problem")), "it is being mended");
            start();
            assertTrue(problem().contains("wrongKey") && problem().contains("line 3"), problem());
            requireAccessible("a job that is wrong");
            picture("job");
            assertTrue(service.get("/v1/jobs").body().contains("[]"), "nothing was started");

            job.clear();
            browser.findElement(By.name("job-file")).sendKeys(file.toString());
            patiently()
                    .until(ExpectedConditions.attributeToBe(By.name("job-name"), "value", "my-training"));
            start();
            shown(By.cssSelector("[role='img'][aria-label^='Loss by step: loss from'] canvas"));
            shown(By.xpath("//tr[th='my-training']//span[@class='state good']"));
            assertEquals("", job.getAttribute("value"));
            // The browser says of each status that it was one of an error.
            assertTrue(browser.manage().logs().get("browser").getAll().stream()
                    .allMatch(entry -> entry.getMessage().contains("status of 400")));
        }
    }

    private void start() {
        browser.findElement(text("button", "Start")).sendKeys(Keys.ENTER);
    }

    private String problem() {
        return shown(By.cssSelector("#job-problem[role='alert']")).getText();
    }

    private String background() {
        return (String) browser.executeScript("return getComputedStyle(document.documentElement).backgroundColor");
    }

    /** @return what the page has loaded */
    @SuppressWarnings("unchecked")
    private List<String> fetched() {
        return (List<String>) browser.executeScript(
                "return performance.getEntriesByType('resource').map(entry => entry.name)");
    }

    @Test
    void whoHasNoKeyIsAskedForIt() throws Exception {
        try (Served service = new Served(Perk.INSTALLATION, folder, Map.of("PERK_API_KEY", KEY))) {
            browser.get(service.address().toString());
            enter("wrong");
            assertEquals("That key is wrong.", shown(By.cssSelector("[role='alert']")).getText());
            enter(KEY);
            shown(By.id("ask"));
        }
    }

    private void enter(String key) {
        WebElement input = shown(By.cssSelector("input[type='password']"));
        input.clear();
        input.sendKeys(key + Keys.ENTER);
    }
}
