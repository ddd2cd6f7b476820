import type { MountConfigFact } from './facts.js';

type Chosen = Pick<MountConfigFact, 'issuer' | 'pemKeys' | 'disableIssValidation' | 'useAnnotationsAsAliasMetadata'>;

type KeptField = 'issuer' | 'pem_keys' | 'disable_iss_validation' | 'use_annotations_as_alias_metadata';

/** Fields of a mount config, beside ours, that somebody gave a value other than Vault's default. */
export function chosenFields(config: Chosen): readonly KeptField[] {
  const chosen: Readonly<Record<KeptField, boolean>> = {
    issuer: config.issuer !== '',
    pem_keys: config.pemKeys.length > 0,
    disable_iss_validation: !config.disableIssValidation,
    use_annotations_as_alias_metadata: config.useAnnotationsAsAliasMetadata === true,
  };
  return (Object.keys(chosen) as KeptField[]).filter((field) => chosen[field]);
}
