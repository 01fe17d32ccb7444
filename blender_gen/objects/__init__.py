"""From folders of 3-D files to objects that can be rendered: discovery, catalogue, safety, intake."""
