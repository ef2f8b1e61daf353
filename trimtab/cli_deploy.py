"""The commands that bring Trimtab to a Google Cloud project, show that it works there, and take it away again."""

import time
from pathlib import Path
from typing import Annotated

import typer

from common.domain.errors import Fault, InvalidInput, Refused
from trimtab.commands import AsJson, emit, told
from trimtab.given import REGION

Project = Annotated[str, typer.Argument(help="The Google Cloud project's id.")]
Region = Annotated[str, typer.Option(help="Where everything runs and is kept.")]
Environment = Annotated[str, typer.Option(help="staging or production: which file of infra/environments/ is used.")]
Before = Annotated[Path, typer.Argument(help="What `terraform output -json` printed before the apply.")]


LOOK = (
    "`gcloud logging read 'resource.labels.service_name=\"trimtab-pacing\" severity>=WARNING' "
    "--project={project} --freshness=15m`"
)


def add_to(app: typer.Typer) -> None:
    """Make them commands of the program."""
    app.command("deploy")(deploy)
    app.command("teardown")(teardown)
    app.command("roll-back")(roll_back)
    app.command("canary")(canary)


def deploy(
    project: Project,
    region: Region = REGION,
    environment: Environment = "staging",
    plan: Annotated[bool, typer.Option("--plan", help="Stop at the plan: show what would be made.")] = False,
) -> None:
    """Check the project, make what Terraform's first run needs, and start the pipeline: tests, plan, apply, canary."""
    with told():
        from trimtab import deployment
        from trimtab.gcloud import Gcloud

        deployment.deploy(Gcloud(), project, region, environment, plan_only=plan, say=typer.echo)


def teardown(
    project: Project,
    region: Region = REGION,
    environment: Environment = "staging",
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Agree that data goes too, where the environment does not keep it.")
    ] = False,
) -> None:
    """Take away what was deployed. Says what goes and what stays, and asks for the project's id again."""
    with told():
        from trimtab import deployment
        from trimtab.gcloud import Gcloud

        asked = "Type the project's id to take this away, anything else to leave it"
        deployment.teardown(
            Gcloud(),
            project,
            region,
            environment,
            with_data=with_data,
            say=typer.echo,
            ask=lambda: str(typer.prompt(asked, default="", show_default=False)),
        )


def roll_back(
    project: Project,
    before: Before,
    region: Region = REGION,
    environment: Environment = "staging",
    out: Annotated[Path, typer.Option(help="The folder of the bundles that were applied.")] = Path("build/bundles"),
) -> None:
    """Apply the bundles that ran before, and exit with code 1: what called this has failed."""
    with told():
        from trimtab.rolling_back import bundles_before
        from trimtab.terraform import Terraform, environment_file, write_bundles

        wanted = bundles_before(before, out)
        if wanted is None:
            raise Refused(
                f"This was the first deployment of {project}, so there is nothing to go back to. What was made "
                "stays; mend what the step above says, and deploy again: it goes on where this one stopped."
            )
        terraform = Terraform(project, {"project_id": project, "region": region})
        terraform.apply([environment_file(environment), write_bundles(wanted, Path("build/before.tfvars.json"))])
        typer.echo(f"{project} runs the bundles of before again. The step above says why.", err=True)
        raise typer.Exit(1)


def canary(
    project: Project,
    store: Annotated[str | None, typer.Option(help="Its documents; by default the project's own Firestore.")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long its tick may take.")] = 180,
    as_json: AsJson = False,
) -> None:
    """Send one pacing tick to a tenant without accounts, and see that it arrives. Exit code 1 where it does not."""
    with told():
        from common.adapters.topic_watch import watching
        from common.bootstrap import build
        from common.domain.tick import Cadence
        from common.ports.journal import Silence
        from common.settings import Settings
        from trimtab.canary import sing, take_on
        from trimtab.given import wrong
        from trimtab.nowhere import no_platforms

        faults = [Fault(name, said) for name, said in wrong(project)]
        if faults:
            raise InvalidInput("the command line", faults)
        settings = Settings(store=store or f"firestore:{project}", bus=f"pubsub:{project}")
        ports = build(settings, platforms=no_platforms, journal=Silence())
        new = take_on(ports)
        with watching(project, Cadence.PACING.dead_letter_topic) as watch:
            sang = sing(ports, watch.arrived, seconds, time.sleep)
        said = sang.fault or f"its pacing window {sang.window:%Y-%m-%d %H:%M} UTC was done in {sang.seconds:.1f} s"
        if sang.fault:
            said += f"; its function's log: {LOOK.format(project=project)}"
        data = {"new": new, "window": sang.window, "seconds": sang.seconds, "fault": sang.fault}
        emit(as_json, data, lambda console: console.print(f"The canary of {project}: {said}.", markup=False))
        if sang.fault:
            raise typer.Exit(1)
