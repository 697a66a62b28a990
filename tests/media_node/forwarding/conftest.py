"""Property tests here fail by what they find, never by how busy the machine is."""

from hypothesis import settings

settings.register_profile("forwarding", deadline=None)
settings.load_profile("forwarding")
