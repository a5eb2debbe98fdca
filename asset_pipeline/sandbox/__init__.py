"""A stand-in for the image and text providers that runs on this machine and bills like them."""
