"""Everything that must hold, each test a sentence."""
