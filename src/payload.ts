import type { Secret } from './binding/secret.js';
import type { Survey } from './binding/survey.js';
import { MODES } from './modes.js';
import type { MountConfigWrite } from './ports.js';

/** The whole mount config: fields that are not ours to decide go back as they were found. */
export function configWrite(survey: Survey, reviewerToken: Secret): MountConfigWrite {
  const { config } = survey;
  const alias = config?.useAnnotationsAsAliasMetadata;
  return {
    kubernetesHost: config && !survey.hostChanges ? config.kubernetesHost : survey.kubernetesHost,
    kubernetesCaCert: config && survey.caChange === 'none' ? config.kubernetesCaCert : survey.desiredCaPem,
    reviewerToken,
    issuer: config?.issuer ?? '',
    pemKeys: config?.pemKeys ?? [],
    disableIssValidation: config?.disableIssValidation ?? true,
    ...(alias === undefined ? {} : { useAnnotationsAsAliasMetadata: alias }),
    onlyChosen: MODES[survey.intent.mode].plan === 'rotate',
  };
}
