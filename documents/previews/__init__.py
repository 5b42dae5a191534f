"""How a file looks: thumbnails and pictures of strangers' files, made in a limited child."""

from documents.previews.kinds import kind_of as kind_of
from documents.previews.safely import NoPreviewError as NoPreviewError
from documents.previews.safely import Picture as Picture
from documents.previews.safely import preview_safely as preview_safely
