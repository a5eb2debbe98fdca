"""From a prompt to a finished file: the model's input, the purchase, the download, the check, the finish.

`ImageMaker` spends, through the ledger's door; everything else here is free.
"""

from asset_pipeline.images.made import Delivered
from asset_pipeline.images.maker import ImageMaker
from asset_pipeline.images.models import ModelInput, choose_input

__all__ = ["Delivered", "ImageMaker", "ModelInput", "choose_input"]
