"""Widgets: what a learner touches. They ask the world through the lab and never wire anything else."""
