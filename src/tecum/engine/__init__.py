"""Machines that rooms share."""
