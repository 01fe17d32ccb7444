"""What is learned in a stage: how a batch is made ready on the device, and the losses of the networks on it."""
