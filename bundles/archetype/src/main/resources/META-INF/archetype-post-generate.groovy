// Maven makes the files of all kinds: those of the one that was asked for are moved to their places, the others go.
import java.nio.file.Files
import java.nio.file.Path

Path project = new File(request.outputDirectory, request.artifactId).toPath()
Path chosen = project.resolve("kinds").resolve(request.properties["kind"])
Files.walk(chosen).filter { Files.isRegularFile(it) }.toList().each {
    Path target = project.resolve(chosen.relativize(it).toString())
    Files.createDirectories(target.parent)
    Files.move(it, target)
}
project.resolve("kinds").toFile().deleteDir()
