package org.perk4j.tck;

import org.junit.jupiter.api.Nested;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.backend.Backend;

/**
 * What every {@link Backend} must do, as tests: extend this and say which backend. Both element types are required.
 *
 * <p>{@link OperationTable} lists every operation; a new one is a new row there and is covered by all tests but those of
 * shapes it must refuse, which {@link RefusalContract} lists.
 */
@ConsumerType
public abstract class BackendContract {

    /** @return the backend under test; the same one each time, or a new one */
    protected abstract Backend backend();

    /** See {@link DerivativeContract}. */
    @Nested
    class Derivatives extends DerivativeContract {
        @Override
        Backend backend() {
            return BackendContract.this.backend();
        }
    }

    /** See {@link PrecisionContract}. */
    @Nested
    class Precision extends PrecisionContract {
        @Override
        Backend backend() {
            return BackendContract.this.backend();
        }
    }

    /** See {@link LifetimeContract}. */
    @Nested
    class Lifetime extends LifetimeContract {
        @Override
        Backend backend() {
            return BackendContract.this.backend();
        }
    }

    /** See {@link TransferContract}. */
    @Nested
    class Transfer extends TransferContract {
        @Override
        Backend backend() {
            return BackendContract.this.backend();
        }
    }

    /** See {@link Bfloat16Contract}. */
    @Nested
    class Bfloat16 extends Bfloat16Contract {
        @Override
        Backend backend() {
            return BackendContract.this.backend();
        }
    }

    /** See {@link RefusalContract}. */
    @Nested
    class Refusals extends RefusalContract {
        @Override
        Backend backend() {
            return BackendContract.this.backend();
        }
    }

    /** See {@link CachedAttentionContract}. */
    @Nested
    class CachedAttention extends CachedAttentionContract {
        @Override
        Backend backend() {
            return BackendContract.this.backend();
        }
    }
}
