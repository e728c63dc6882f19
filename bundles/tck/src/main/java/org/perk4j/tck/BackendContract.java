package org.perk4j.tck;

import org.junit.jupiter.api.Nested;
import org.osgi.annotation.versioning.ConsumerType;
import org.perk4j.backend.Backend;

/**
 * Tests of what every {@link Backend} must do. Extend this and name the backend, which must support both element types.
 *
 * <p>{@link OperationTable} lists every operation. A new operation is a new row there, which all tests then cover; only the
 * shapes that it must refuse are listed in {@link RefusalContract}.
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

    /** See {@link PackedContract}. */
    @Nested
    class Packed extends PackedContract {
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
