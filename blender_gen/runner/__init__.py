"""The long run: workers, retries, the ledger, early shard closing and resume."""
