// The page's entry point: shows GraphiQL, connected to this server.
import './workers.js';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { fetcher } from './fetcher.js';
import { tabs } from './examples.js';

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL fetcher={fetcher} defaultTabs={tabs}>
    <GraphiQL.Logo>
      <span className="bodega-logo">Bodega</span>
    </GraphiQL.Logo>
  </GraphiQL>,
);
