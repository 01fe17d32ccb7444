"""The data contract: schema, geometry, shards, reader and validation."""
