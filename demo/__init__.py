"""The main job on real input, on one machine: `./dev demo`. Its data is made up and says so."""
