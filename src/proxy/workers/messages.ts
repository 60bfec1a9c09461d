import type { metric } from 'prom-client';
