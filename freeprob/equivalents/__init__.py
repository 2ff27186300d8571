"""Theorems that replace a model by a rational one with the same limit."""
