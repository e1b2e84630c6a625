"""The collector: marking, the write barrier, sweeping, and the cycle that joins them."""
