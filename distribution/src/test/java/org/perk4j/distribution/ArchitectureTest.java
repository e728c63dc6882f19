package org.perk4j.distribution;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.FileInputStream;
import java.io.FileReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.BiPredicate;
import org.perk4j.tensor.Ops;

/** Who may know whom, in everything that is shipped. A bundle is told by the jar or folder that its classes come from. */
@AnalyzeClasses(packages = "org.perk4j", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String EXPORT = "org.osgi.annotation.bundle.Export";

    private static final String VERSIONING = "org.osgi.annotation.versioning.";

    private static final String API_BUNDLE = bundle(new ClassFileImporter().importClass(Ops.class));

    private static final DescribedPredicate<JavaClass> API =
            describe("are in the API", type -> bundle(type).equals(API_BUNDLE));

    private static final Set<String> READING = Set.of("readString", "readAllBytes", "readAllLines", "lines",
            "newInputStream", "newBufferedReader", "newByteChannel", "copy");

    /** Below the package of the contract that they fulfil. */
    private static final DescribedPredicate<JavaClass> PLUGIN = resideInAnyPackage("org.perk4j.adapter.(*)..",
            "org.perk4j.backend.(*)..", "org.perk4j.model.(*)..", "org.perk4j.objective.(*)..",
            "org.perk4j.optimizer.(*)..", "org.perk4j.task.(*)..", "org.perk4j.tokenizer.(*)..").as("are in plugins");

    @ArchTest
    static final ArchRule ND4J_IS_KNOWN_TO_ONE_PLUGIN = noClasses()
            .that().resideOutsideOfPackage("org.perk4j.backend.nd4j..")
            .should().dependOnClassesThat().resideInAnyPackage("org.nd4j..");

    /** Each of the two has its own release of them within. */
    @ArchTest
    static final ArchRule BINDINGS_ARE_KNOWN_TO_TWO_PLUGINS = noClasses()
            .that().resideOutsideOfPackages("org.perk4j.backend.nd4j..", "org.perk4j.backend.cuda..")
            .should().dependOnClassesThat().resideInAnyPackage("org.bytedeco..");

    @ArchTest
    static final ArchRule CONTRACTS_DONT_MENTION_NATIVE_LIBRARIES = noClasses()
            .that(describe("are exported", ArchitectureTest::exported))
            .should().dependOnClassesThat().resideInAnyPackage("org.nd4j..", "org.bytedeco..");

    /** bnd takes from the mark how far the imports of who implements it reach, and the baseline what an addition breaks. */
    @ArchTest
    static final ArchRule WHAT_OTHERS_CAN_IMPLEMENT_SAYS_WHO_DOES = classes()
            .that(describe("are exported", ArchitectureTest::exported)).and().arePublic()
            .and().doNotHaveModifier(JavaModifier.FINAL)
            .and(describe("can be implemented or extended", type -> !type.isAnnotation() && !type.isEnum()))
            .should().beAnnotatedWith(VERSIONING + "ProviderType").orShould().beAnnotatedWith(VERSIONING + "ConsumerType");

    @ArchTest
    static final ArchRule THE_API_NEEDS_NOTHING_BUT_JAVA = classes().that(API)
            .should().onlyDependOnClassesThat(API.or(resideInAnyPackage("java..", "org.osgi.annotation..",
                    "org.osgi.service.component.annotations..")));

    @ArchTest
    static final ArchRule BUNDLES_USE_ONLY_WHAT_OTHERS_EXPORT = classes()
            .should(dependOnOtherBundles("only use what other bundles export", (from, to) -> exported(to)));

    @ArchTest
    static final ArchRule PLUGINS_DONT_DEPEND_ON_EACH_OTHER = classes().that(PLUGIN)
            .should(dependOnOtherBundles("not depend on other plugins", (from, to) -> !PLUGIN.test(to)));

    @ArchTest
    static final ArchRule BUNDLES_DONT_DEPEND_ON_PLUGINS = noClasses()
            .that(not(PLUGIN)).and().resideOutsideOfPackage("org.perk4j.benchmarks..")
            .should().dependOnClassesThat(PLUGIN);

    /**
     * Who opens a pipe may wait for ever: the readers of formats ask first what it is. Here are all other ways to read a
     * file.
     */
    @ArchTest
    static final ArchRule FILES_ARE_READ_BY_FORMATS = noClasses()
            .that().resideOutsideOfPackages("org.perk4j.formats..", "org.perk4j.runtime..", "org.perk4j.backend..",
                    "org.perk4j.benchmarks..")
            .should().callCodeUnitWhere(target(describe("reads a file", ArchitectureTest::reads)));

    private static boolean reads(AccessTarget called) {
        return called.getOwner().isEquivalentTo(Files.class) && READING.contains(called.getName())
                && called instanceof AccessTarget.CodeUnitAccessTarget code
                && code.getRawParameterTypes().get(0).isEquivalentTo(Path.class) // and not a stream that is copied to a file
                || called.getOwner().isEquivalentTo(FileInputStream.class)
                || called.getOwner().isEquivalentTo(FileReader.class);
    }

    private static ArchCondition<JavaClass> dependOnOtherBundles(String description,
                                                                BiPredicate<JavaClass, JavaClass> allowed) {
        return new ArchCondition<>(description) {

            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass();
                    if (target.getPackageName().startsWith("org.perk4j.") && !bundle(target).equals(bundle(type))) {
                        events.add(new SimpleConditionEvent(dependency, allowed.test(type, target),
                                dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static boolean exported(JavaClass type) {
        return type.getPackage().isAnnotatedWith(EXPORT);
    }

    private static String bundle(JavaClass type) {
        JavaClass written = type.getBaseComponentType(); // not an array
        return written.getSource().map(source -> source.getUri().toString().replace(path(written), "")).orElse("");
    }

    private static String path(JavaClass type) {
        return type.getName().replace('.', '/') + ".class";
    }
}
