"""From a selection to a sealed volume: select, render, number, endorse, write, seal, release."""
