"""Which posts tell the same text."""

from rules.story.batch import fingerprints
from rules.story.index import StoryIndex
from rules.story.sketch import SKETCH, fingerprint, same_story, story_id

__all__ = ["SKETCH", "StoryIndex", "fingerprint", "fingerprints", "same_story", "story_id"]
