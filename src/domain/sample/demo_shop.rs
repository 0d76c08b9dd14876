//! The demo's catalogue: a small shop for kitchen, coffee and desk.

/// A category with its products.
pub(super) struct Shelf {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// At the top of the tree; the others stand below the last one that is.
    pub(super) is_top: bool,
    pub(super) products: &'static [Product],
}

/// A product with its variants: SKU, name, price in cents, pieces in stock.
pub(super) struct Product {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) variants: &'static [(&'static str, &'static str, i64, i32)],
}

pub(super) const SHELVES: &[Shelf] = &[
    Shelf {
        name: "Kitchen",
        description: "Tools and textiles for people who cook every day.",
        is_top: true,
        products: &[],
    },
    Shelf {
        name: "Knives & Boards",
        description: "Blades that keep their edge, and boards that are kind to them.",
        is_top: false,
        products: &[
            Product {
                name: "Carbon Steel Chef's Knife",
                description: "Forged by hand, 60 HRC, with a handle of smoked oak. Takes a patina and an edge that lasts.",
                variants: &[
                    ("KNF-CHEF-18", "18 cm", 12_900, 14),
                    ("KNF-CHEF-21", "21 cm", 14_900, 9),
                    ("KNF-CHEF-24", "24 cm", 16_900, 0),
                ],
            },
            Product {
                name: "Paring Knife",
                description: "A light 9 cm blade for fruit, garlic and everything that you hold in your hand.",
                variants: &[
                    ("KNF-PAR-OAK", "Oak handle", 4_900, 31),
                    ("KNF-PAR-WAL", "Walnut handle", 5_400, 22),
                ],
            },
            Product {
                name: "End-Grain Cutting Board",
                description: "Maple cut across the grain: knives sink in between the fibres and stay sharp. With rubber feet.",
                variants: &[("BRD-END-S", "30 x 20 cm", 7_900, 12), ("BRD-END-L", "45 x 30 cm", 11_900, 6)],
            },
        ],
    },
    Shelf {
        name: "Pots & Pans",
        description: "Iron, steel and stoneware that outlive their owners.",
        is_top: false,
        products: &[
            Product {
                name: "Cast Iron Skillet",
                description: "Seasoned three times with linseed oil. For the stove, the oven and the fire.",
                variants: &[
                    ("PAN-IRON-20", "20 cm", 3_900, 25),
                    ("PAN-IRON-26", "26 cm", 5_900, 18),
                    ("PAN-IRON-30", "30 cm", 7_400, 7),
                ],
            },
            Product {
                name: "Enamelled Dutch Oven",
                description: "Four and a half litres of slow heat, with a lid that lets its drops rain back onto the stew.",
                variants: &[
                    ("POT-DUTCH-RED", "Tomato red", 18_900, 5),
                    ("POT-DUTCH-BLU", "Night blue", 18_900, 8),
                    ("POT-DUTCH-WHT", "Chalk white", 18_900, 0),
                ],
            },
        ],
    },
    Shelf {
        name: "Linen",
        description: "Washed linen from Lithuania, woven to be used.",
        is_top: false,
        products: &[
            Product {
                name: "Linen Apron",
                description: "Cross-backed, with two deep pockets. It gets softer with every wash.",
                variants: &[
                    ("LIN-APR-NAT", "Natural", 4_500, 40),
                    ("LIN-APR-OLV", "Olive", 4_500, 27),
                    ("LIN-APR-INK", "Ink", 4_500, 33),
                ],
            },
            Product {
                name: "Tea Towels, Set of Three",
                description: "Huckaback weave that dries glasses without a trace of lint.",
                variants: &[("LIN-TWL-STR", "Striped", 2_800, 60), ("LIN-TWL-PLN", "Plain", 2_600, 75)],
            },
        ],
    },
    Shelf {
        name: "Coffee & Tea",
        description: "Freshly roasted beans, whole-leaf tea, and what it takes to brew them.",
        is_top: true,
        products: &[],
    },
    Shelf {
        name: "Coffee",
        description: "Roasted on Tuesdays, shipped on Wednesdays.",
        is_top: false,
        products: &[
            Product {
                name: "Huehuetenango, Guatemala",
                description: "Washed bourbon and caturra from 1,750 m. Milk chocolate, orange, almond. For filter and espresso.",
                variants: &[("COF-HUE-250", "250 g", 1_190, 120), ("COF-HUE-1000", "1 kg", 3_990, 45)],
            },
            Product {
                name: "Yirgacheffe, Ethiopia",
                description: "Natural heirloom varieties from 2,000 m. Blueberry, jasmine, lemon zest. For filter.",
                variants: &[("COF-YIR-250", "250 g", 1_390, 90), ("COF-YIR-1000", "1 kg", 4_690, 30)],
            },
            Product {
                name: "Decaf, Colombia",
                description: "Decaffeinated with sugar cane, sweet and round. Caramel, red apple. For the second half of the day.",
                variants: &[("COF-DEC-250", "250 g", 1_290, 64)],
            },
        ],
    },
    Shelf {
        name: "Tea",
        description: "Whole leaves from gardens that we know by name.",
        is_top: false,
        products: &[
            Product {
                name: "First Flush Darjeeling",
                description: "Picked in March in Makaibari. Light, flowery, with a hint of green grapes.",
                variants: &[("TEA-DAR-100", "100 g", 1_650, 38)],
            },
            Product {
                name: "Genmaicha",
                description: "Japanese green tea with roasted rice. Mild enough for the evening.",
                variants: &[("TEA-GEN-100", "100 g", 990, 52), ("TEA-GEN-500", "500 g", 3_990, 11)],
            },
        ],
    },
    Shelf {
        name: "Brewing",
        description: "Grinders, drippers and kettles.",
        is_top: false,
        products: &[
            Product {
                name: "Hand Grinder",
                description: "Steel burrs, 40 clicks from espresso to French press, 25 g in under a minute.",
                variants: &[("BRW-GRD-BLK", "Black", 8_900, 16), ("BRW-GRD-SLV", "Silver", 8_900, 12)],
            },
            Product {
                name: "Porcelain Dripper",
                description: "Spiral ribs and one wide hole: you decide on the pace. Made in Arita.",
                variants: &[
                    ("BRW-DRP-01", "For 1 to 2 cups", 2_400, 29),
                    ("BRW-DRP-02", "For 1 to 4 cups", 2_900, 34),
                ],
            },
        ],
    },
    Shelf {
        name: "Desk",
        description: "Paper and pens for thoughts that deserve better than a screen.",
        is_top: true,
        products: &[
            Product {
                name: "Dot Grid Notebook",
                description: "192 numbered pages of 100 g paper that takes fountain pens without bleeding. Opens flat.",
                variants: &[
                    ("DSK-NTB-A5-GRN", "A5, forest green", 1_950, 84),
                    ("DSK-NTB-A5-GRY", "A5, slate grey", 1_950, 91),
                    ("DSK-NTB-A6-GRN", "A6, forest green", 1_450, 58),
                ],
            },
            Product {
                name: "Brass Fountain Pen",
                description: "Turned from one rod, with a German steel nib. Heavy, and it darkens where you hold it.",
                variants: &[
                    ("DSK-PEN-EF", "Extra fine nib", 6_900, 10),
                    ("DSK-PEN-F", "Fine nib", 6_900, 15),
                    ("DSK-PEN-M", "Medium nib", 6_900, 0),
                ],
            },
        ],
    },
];
