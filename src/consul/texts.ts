import * as z from 'zod';
import { objectOf } from '../core/objects.ts';

/** Meta, tagged addresses and the like; Consul sends null for none. */
export const texts = objectOf(z.string()).nullable();
