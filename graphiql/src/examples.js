// The tabs that GraphiQL opens with for a visitor who has none stored yet.
const welcome = `# Welcome to Bodega.
#
# To run an operation, put the cursor in it and
# press Ctrl-Enter (Cmd-Enter on a Mac), or take it
# from the menu of the button on the right.
#
# The icon at the top left shows the schema.
#
# The account below exists when the server has the
# demo data: "make run", "bodega serve --demo".

query Products {
  products(first: 5) {
    totalCount
    nodes {
      id
      name
      slug
      category {
        name
      }
      variants {
        sku
        name
        price {
          amount
          currency
        }
        availability
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

# COOKIE keeps the session in this browser. With
# BEARER, the default, the answer has a token for
# the header "Authorization: Bearer ...".
mutation LogIn {
  login(
    input: {
      email: "customer@demo.example"
      password: "violin-gravel-teapot"
      transport: COOKIE
    }
  ) {
    account {
      id
      email
    }
    errors {
      __typename
      ... on UserError {
        message
      }
    }
  }
}

query Me {
  me {
    id
    email
    kind
  }
}

# Shows when a session of your account ends, here
# or elsewhere. The same button stops it.
subscription SessionRevoked {
  sessionRevoked {
    isCurrent
    at
  }
}

mutation LogOut {
  logout {
    loggedOut
  }
}
`;

const categories = `query Categories {
  categories(first: 20) {
    nodes {
      name
      slug
      children {
        name
        slug
      }
    }
  }
}
`;

const productBySlug = `# The slug is set in "Variables", below. The first
# tab's operation "Products" lists slugs.

query ProductBySlug($slug: String!) {
  product(slug: $slug) {
    id
    name
    description
    category {
      name
    }
    variants {
      sku
      name
      price {
        amount
        currency
      }
    }
  }
}
`;

export const tabs = [
  { query: welcome },
  { query: categories },
  { query: productBySlug, variables: JSON.stringify({ slug: 'hand-grinder' }, null, 2) },
];
