"""Which posts tell the same text."""

from rules.story.batch import fingerprints
from rules.story.index import StoryIndex
from rules.story.likeness import same_story
from rules.story.sketch import SKETCH, fingerprint, story_id

__all__ = ["SKETCH", "StoryIndex", "fingerprint", "fingerprints", "same_story", "story_id"]
