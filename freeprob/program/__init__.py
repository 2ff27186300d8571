"""The numeric intermediate representation, lowering, and an interpreter over any numbers."""
