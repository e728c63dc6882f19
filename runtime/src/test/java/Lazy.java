/** A class that a test puts into bundles; in no package, so that none is exported for it. */
public final class Lazy {
}
