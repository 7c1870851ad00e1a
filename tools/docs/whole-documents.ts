import { alertsFile } from '../deploy/alerts.ts';
import { dashboardFile } from '../deploy/dashboard.ts';
import { cliDocument } from './cli.ts';
import { CONFIG_SCHEMAS, configurationDocument } from './configuration.ts';
import { errorsDocument } from './errors.ts';
import { metricsDocument } from './metrics.ts';

/** Documents that are made from the code as a whole, once all packages are loaded. */
export const WHOLE_DOCUMENTS: { readonly [path: string]: () => string } = {
  'deploy/grafana/ward.json': dashboardFile,
  'deploy/prometheus/alerts.yml': alertsFile,
  'docs/cli.md': cliDocument,
  'docs/configuration.md': configurationDocument,
  'docs/errors.md': errorsDocument,
  'docs/metrics.md': metricsDocument,
  ...CONFIG_SCHEMAS,
};
