"""Write the JSON Schemas of the topics anew: python -m tests.write_schemas."""

import json
from pathlib import Path

from entente import codec, topics

FOLDER = Path(__file__).parents[1] / "entente" / "data" / "schemas"


def main() -> None:
    """One file for each topic."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for topic in topics.ALL:
        text = json.dumps(codec.json_schema(topic), indent=2, ensure_ascii=False)
        (FOLDER / f"{topic.short}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
