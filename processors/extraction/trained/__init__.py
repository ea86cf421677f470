"""The trained reader: what it is asked, how it answers, and how its answers and the rules' become stances."""

from pathlib import Path

MODEL_FOLDER = Path(__file__).parent / "model"  # the one that comes with the program; its card tells of it
