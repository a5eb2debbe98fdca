-- How often an image has been wanted anew on purpose: each take is another thing to buy.
CREATE TABLE store.takes (
    image_key VARCHAR PRIMARY KEY,
    take INTEGER NOT NULL
);
