"""Servers from wheels for demonstrations, development and tests: PostgreSQL, Valkey and an S3 store.

Nothing here is imported by the product. `server.py` is `script/server`, `test.py` is `script/test`, `manage.py` is
`script/manage`.
"""
