"""`python -m trimtab`: the operator's command line."""

from trimtab.cli import app

app()
