# pyright: basic
"""A machine without credentials for Google Cloud is told what to do about it, whichever client asked first."""

from collections.abc import Generator
from contextlib import contextmanager

from google.auth.exceptions import DefaultCredentialsError

from common.domain.errors import Refused


@contextmanager
def credentials_needed() -> Generator[None]:
    """Around the making of one of Google's clients.

    Raises:
        Refused: this machine has no credentials for Google Cloud.
    """
    try:
        yield
    except DefaultCredentialsError as error:
        raise Refused(
            f"there are no credentials for Google Cloud here: run `gcloud auth application-default login` ({error})"
        ) from error
