"""Programs: the forward and the backward pass, traced once into one flat SSA, and run at memory speed."""
