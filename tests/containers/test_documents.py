"""The consoles of docs/operations.md that need the deployment, typed into a shell beside it."""

import shlex
import subprocess

import pytest
from support.compose import Compose
from support.documents import Step, blocks

HERE = "tests/containers/test_documents.py"
STEPS = [
    step for block in blocks("docs/operations.md") if block.shown_by == HERE for step in block.steps
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.command)
def test_operations_can_be_followed(stack: Compose, step: Step) -> None:
    typed = f'dc() {{ {shlex.join(stack.command)} "$@"; }}\n{step.command}'
    done = subprocess.run(
        ["bash", "-c", typed], cwd=stack.folder, env=stack.env, capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr.decode(errors="replace")
