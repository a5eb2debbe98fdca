"""Prompts: the free template, the questions, the answers, and the competition."""
