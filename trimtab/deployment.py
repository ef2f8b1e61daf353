"""What `make deploy` and `make teardown` do by gcloud and Terraform, once it is known that nothing is in the way."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from common.domain.errors import Fault, InvalidInput, Refused
from trimtab.deploying import (
    OLDEST_GCLOUD,
    OLDEST_TERRAFORM,
    Facts,
    database_in,
    faults_of,
    given_faults,
    missing_steps,
    notes_of,
    submission,
    too_old,
    variable_faults,
    with_roles,
)
from trimtab.function_list import ROOT, described
from trimtab.gcloud import CloudFailed, Gcloud
from trimtab.given import ENVIRONMENTS
from trimtab.project_facts import facts_of, policy_of, state_of
from trimtab.tearing_down import Teardown, kinds, leftovers, what_goes
from trimtab.terraform import INFRA, Terraform, environment_file, write_bundles

NEW_ACCOUNT_SECONDS = (5, 10, 20, 40)
"""A new service account is known everywhere only after a while: waits before its roles are tried again."""
Say = Callable[[str], None]


def deploy(gcloud: Gcloud, project: str, region: str, environment: str, *, plan_only: bool, say: Say) -> None:
    """Look whether it can be done, make what Terraform's first run needs, and start the pipeline.

    Raises:
        InvalidInput: with everything that stands in the way; nothing was made.
        CloudFailed: a step failed, or the pipeline did. Those before it are done, and not done again the next time.
    """
    facts = _ready(gcloud, project, region, environment)
    for note in notes_of(facts):
        say(note)
    for step in missing_steps(facts, region):
        say(f"gcloud {' '.join(step)}")
        gcloud.run(*step)
    if facts.roles_missing:
        say(f"{facts.deployer_email} gets {', '.join(facts.roles_missing)}")
        _grant(gcloud, facts)
    gcloud.show(*submission(facts, region, environment, plan_only=plan_only))


def _ready(gcloud: Gcloud, project: str, region: str, environment: str) -> Facts:
    here = [*given_faults(project, region, environment), *_variables(environment)]
    facts = _looked(gcloud, project, region, environment, here, "deployment")
    if faults := [*here, *faults_of(facts, datetime.now(UTC))]:
        raise InvalidInput(f"the deployment of {project}", faults)
    return facts


def _looked(gcloud: Gcloud, project: str, region: str, environment: str, here: list[Fault], what: str) -> Facts:
    """The project's facts; what is wrong with gcloud is added to what is wrong here.

    Raises:
        InvalidInput: nobody can look: what was typed in is no project, or gcloud is not there or not signed in.
    """
    try:
        here += too_old("gcloud", gcloud.version, OLDEST_GCLOUD)
        _ = gcloud.token
    except CloudFailed as error:
        here.append(Fault("gcloud", str(error)))
        raise InvalidInput(f"this {what}", here) from error
    if given_faults(project, region, ENVIRONMENTS[0]):
        raise InvalidInput(f"this {what}", here)
    return facts_of(gcloud, project, region, database_in(_given_by(environment)))


def _given_by(environment: str) -> str:
    """The text of the environment's file of variables; empty where there is none."""
    file = environment_file(environment)
    return file.read_text() if environment in ENVIRONMENTS and file.exists() else ""


def _variables(environment: str) -> list[Fault]:
    named, text = str(environment_file(environment).relative_to(ROOT)), _given_by(environment)
    if environment not in ENVIRONMENTS:
        return []
    if not text:
        return [Fault(named, "does not exist: it says what the environment is")]
    declared = "\n".join(one.read_text() for one in sorted(INFRA.glob("*.tf")))
    return variable_faults(declared, text, named)


def _grant(gcloud: Gcloud, facts: Facts) -> None:
    """Give the deployer its roles, all at once. By the policy's etag it fails where somebody else changed it since."""
    for seconds in (*NEW_ACCOUNT_SECONDS, None):
        policy = with_roles(policy_of(gcloud, facts.project), facts)
        with NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(policy, file)
            file.flush()
            try:
                gcloud.run("projects", "set-iam-policy", facts.project, file.name, "--format=none")
            except CloudFailed as error:
                if seconds is None or "does not exist" not in str(error):
                    raise
                time.sleep(seconds)
            else:
                return


def teardown(
    gcloud: Gcloud, project: str, region: str, environment: str, *, with_data: bool, say: Say, ask: Callable[[], str]
) -> None:
    """Say what goes and what stays, have the project's id typed again, and take it away. A second run finishes.

    Args:
        with_data: whoever asks knows that data goes too, where the environment does not keep it.
        ask: gives what a person types.

    Raises:
        InvalidInput: with everything that stands in the way.
        Refused: another id was typed, or data would go without a word.
        CloudFailed, TerraformFailed: it stopped half-way; run it again.
    """
    facts = _can_go(gcloud, project, region, environment)
    found = what_goes(state_of(gcloud, facts.deploy_bucket)) if facts.bucket else Teardown((), (), ())
    say(f"Goes: {kinds(found.goes) or 'nothing, as nothing is deployed'}.")
    for one in found.lost:
        say(f"Goes for good: {one}.")
    if found.goes or found.stays:
        if found.lost and not with_data:
            raise Refused("data would be lost: say --with-data, or deploy with `keep_data = true` first")
        if ask().strip() != project:
            raise Refused("another id was typed, so everything was left as it is")
        _remove_jobs(gcloud, project, region)
        terraform = Terraform(project, {"project_id": project, "region": region}, token=gcloud.token)
        terraform.init()
        terraform.destroy(_destroy_files(environment, project))
    say("What is still there:")
    for one in leftovers(project, database_in(_given_by(environment)), data=facts.data_left and not found.lost):
        say(f"  {one}")


def _can_go(gcloud: Gcloud, project: str, region: str, environment: str) -> Facts:
    here = [*given_faults(project, region, environment), *_terraform_faults(Terraform(project, {}))]
    facts = _looked(gcloud, project, region, environment, here, "teardown")
    if faults := [*here, *(one for one in faults_of(facts, datetime.now(UTC)) if one.where != "billing")]:
        raise InvalidInput(f"the teardown of {project}", faults)
    return facts


def _terraform_faults(terraform: Terraform) -> list[Fault]:
    version = terraform.version()
    if version is not None:
        return too_old("terraform", version, OLDEST_TERRAFORM)
    least = ".".join(map(str, OLDEST_TERRAFORM))
    return [Fault("terraform", f"is not on the PATH: install {least} or newer (developer.hashicorp.com/terraform)")]


def _remove_jobs(gcloud: Gcloud, project: str, region: str) -> None:
    """The scheduler's jobs first: nothing is sent to what goes, and those of time zones are not Terraform's."""
    where = (f"--project={project}", f"--location={region}")
    for job in json.loads(gcloud.run("scheduler", "jobs", "list", *where, "--format=json") or "[]"):
        name = job["name"].rpartition("/")[2]
        if name.startswith("trimtab-"):
            gcloud.run("scheduler", "jobs", "delete", name, *where)


def _destroy_files(environment: str, project: str) -> list[Path]:
    """Terraform wants each variable to have a value; which bundles does not matter when all goes."""
    nothing = {name: f"bundles/{name}-{'0' * 16}.zip" for name in described()}
    return [environment_file(environment), write_bundles(nothing, ROOT / "build" / f"{project}-destroy.tfvars.json")]
