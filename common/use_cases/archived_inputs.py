"""What decisions were made on goes to object storage after some days: it is most of what a tenant has stored.

Each decision's inputs are a document of their own, written in the decision's commit. The daily visit puts the older
ones together, a file for each day, and removes the documents once the file is there. A run that dies between the two
leaves both; the next one finds its file, or makes another with what is left.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from itertools import groupby

from common.domain import paths
from common.domain.canonical import canonical
from common.domain.change_set import ChangeSet, KeptInputs
from common.domain.errors import NotFound, Refused
from common.domain.model import Frozen, Id, parse_json
from common.ports.documents import Delete, Document, Query
from common.ports.objects import AlreadyThere, Objects
from common.use_cases.load import decode
from common.use_cases.ports import Ports

AT_HAND = timedelta(days=3)
"""How long inputs stay documents: whoever asks why, asks about yesterday or the day before."""
AT_ONCE = 40
"""Decisions that are read, written and removed at once: 20 MB at the most."""


class Archived(Frozen):
    """One line of a file."""

    kept_as: Id
    inputs: KeptInputs


def archive_inputs(ports: Ports, tenant_id: str) -> int:
    """Move the inputs of decisions that are older than `AT_HAND`. Returns of how many.

    Raises:
        Unavailable: the object storage did not take them; nothing was removed, and the next visit comes again.
        Refused: a file of this name holds something else.
    """
    if ports.objects is None:
        return 0
    first_at_hand = (ports.clock.now() - AT_HAND).date().isoformat()
    query, moved = Query(paths.inputs(tenant_id), end=first_at_hand, limit=AT_ONCE), 0
    while found := ports.documents.query(query).documents:
        for day, documents in groupby(found, key=lambda one: _name_of(one)[:10]):
            moved += _move(ports, ports.objects, tenant_id, day, tuple(documents))
        if len(found) < AT_ONCE:
            break
    return moved


def _move(ports: Ports, objects: Objects, tenant_id: str, day: str, documents: Sequence[Document]) -> int:
    lines = (Archived(kept_as=_name_of(one), inputs=decode(KeptInputs, one)) for one in documents)
    data = b"".join(canonical(line.body()) + b"\n" for line in lines)
    path = paths.archived_inputs(tenant_id, day, sha256(data).hexdigest())
    try:
        objects.create(path, data, content_type="application/jsonl")
    except AlreadyThere:  # by a run that died before it removed them, or whose answer was lost
        if objects.read(path) != data:
            raise Refused(f"{path} holds something else: its inputs stay documents", "archive_differs") from None
    ports.documents.commit(*(Delete(one.path) for one in documents))
    return len(documents)


def _name_of(document: Document) -> str:
    return document.path.rpartition("/")[2]


def inputs_of(ports: Ports, change_set: ChangeSet) -> KeptInputs:
    """What a change set was decided on, from where it is kept by now.

    Raises:
        NotFound: it was decided on nothing that is kept, as what a person asks for; or it is neither here nor there.
        Refused: what is kept under its name is something else than it was decided on.
        InvalidInput: a file is broken.
        Unavailable: the object storage does not answer.
    """
    at = change_set.inputs
    if at is None:
        raise NotFound(f"of {change_set.change_set_id} no inputs are kept: {change_set.origin.by} asked for it")
    path, folder = paths.inputs(change_set.tenant_id, at.kept_as), paths.archived_inputs(change_set.tenant_id, at.day)
    document = ports.documents.read(path)[0]
    if document is not None:
        found = [decode(KeptInputs, document)]
    elif ports.objects is not None:
        found = list(_archived(ports.objects, folder, at.kept_as))
    else:
        raise NotFound(f"{path} does not exist, and nothing says where archived ones are: set TRIMTAB_OBJECTS")
    if not found:
        raise NotFound(f"{path} does not exist, and no file under {folder}/ has it")
    for one in found:
        if one.digest == at.digest:
            return one
    raise Refused(f"{path} is not what {change_set.change_set_id} was decided on: it was edited", "edited")


def _archived(objects: Objects, folder: str, kept_as: str) -> Iterator[KeptInputs]:
    """What is kept under this name: more than one where a decision was made again, on others, after a restore."""
    for file in objects.under(folder):
        for line in objects.read(file).splitlines():
            archived = parse_json(Archived, line, file)
            if archived.kept_as == kept_as:
                yield archived.inputs
