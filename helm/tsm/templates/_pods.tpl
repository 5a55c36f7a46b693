{{/* What pods have in common: security, environment, volumes. All fit the pod security standard `restricted`. */}}
{{- define "tsm.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
# Changing the owner of a large volume's files at each start takes long.
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "tsm.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Of the whole pod; called with (dict "root" $ "component" "app"). */}}
{{- define "tsm.podStart" -}}
serviceAccountName: {{ include "tsm.name" .root }}-{{ .component }}
# Nothing here talks to Kubernetes.
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "tsm.podSecurity" . | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "tsm.placement" -}}
{{- $chosen := index .root.Values .component -}}
{{- with $chosen.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $chosen.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
affinity:
{{- with $chosen.affinity }}
  {{- toYaml . | nindent 2 }}
{{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "tsm.selector" . | nindent 14 }}
{{- end }}
{{- end }}

{{- define "tsm.blobRoot" -}}
{{- if eq .Values.storage.kind "s3" }}{{ .Values.storage.s3.root }}{{ else }}/var/lib/tsm/blobs{{ end -}}
{{- end }}

{{/* Settings that are no secrets, of one process: name and text a line. Later ones win, so operators have the last word. */}}
{{- define "tsm.settings" -}}
{{- $values := .root.Values -}}
{{- $found := dict
  "TSM_BLOB_ROOT" (include "tsm.blobRoot" .root)
  "TSM_REGISTRY_PATH" "/etc/tsm/registry.yaml"
  "TSM_PUBLIC_URL" (include "tsm.publicUrl" .root) -}}
{{- if and (eq $values.storage.kind "s3") $values.storage.s3.endpointUrl -}}
{{- $_ := set $found "TSM_BLOB_OPTIONS" (toJson (dict "endpoint_url" $values.storage.s3.endpointUrl)) -}}
{{- end -}}
{{- if eq .component "app" -}}
{{- if and (eq $values.storage.kind "s3") $values.storage.s3.signedDownloadSeconds -}}
{{- $_ := set $found "TSM_SIGNED_DOWNLOADS__SECONDS" (int64 $values.storage.s3.signedDownloadSeconds | toString) -}}
{{- with $values.storage.s3.publicEndpointUrl -}}
{{- $_ := set $found "TSM_SIGNED_DOWNLOADS__ENDPOINT_URL" . -}}
{{- end -}}
{{- end -}}
{{- $_ := set $found "TSM_PREFIX" (include "tsm.prefix" .root) -}}
{{- $_ := merge $found (include "tsm.identity" .root | fromYaml) -}}
{{- else -}}
{{- $_ := merge $found (dict
  "TSM_SLOTS" (int64 $values.worker.slots | toString)
  "TSM_COMPUTE_THREADS" (int64 $values.worker.computeThreads | toString)
  "TSM_MEMORY_BYTES" (int64 $values.worker.memoryBytes | toString)
  "TSM_INSPECT_MEMORY_BYTES" (int64 $values.worker.inspectMemoryBytes | toString)
  "TSM_GRACE_SECONDS" (int64 $values.worker.graceSeconds | toString)) -}}
{{- if $values.metrics.podMonitor.enabled -}}
{{- $_ := set $found "TSM_METRICS_PORT" "9090" -}}
{{- end -}}
{{- if eq $values.storage.kind "s3" -}}
{{- $_ := set $found "TSM_WORK_FOLDER" "/tmp/tsm-work" -}}
{{- end -}}
{{- if eq $values.dask.kind "address" -}}
{{- $_ := merge $found (dict "TSM_DASK__KIND" "scheduler" "TSM_DASK__ADDRESS" $values.dask.schedulerAddress) -}}
{{- else if eq $values.dask.kind "operator" -}}
{{- $address := printf "tcp://%s-dask-scheduler:8786" (include "tsm.name" .root) -}}
{{- $_ := merge $found (dict "TSM_DASK__KIND" "scheduler" "TSM_DASK__ADDRESS" $address) -}}
{{- end -}}
{{- end -}}
{{- $own := index $values .component "settings" -}}
{{- range $name, $text := mergeOverwrite $found (deepCopy $values.settings) (deepCopy $own) }}
{{ $name }}: {{ $text | quote }}
{{- end }}
{{- end }}

{{- define "tsm.identity" -}}
{{- with .Values.identity }}
TSM_IDENTITY__MODE: {{ .mode | quote }}
TSM_IDENTITY__RIGHTS_FILE: /etc/tsm-rights/rights.yaml
{{- with .url }}
TSM_IDENTITY__URL: {{ . | quote }}
{{- end }}
{{- with .oidc }}
{{- if .issuer }}
TSM_OIDC__ISSUER: {{ .issuer | quote }}
TSM_OIDC__CLIENT_ID: {{ .clientId | quote }}
TSM_OIDC__NEEDS_DATA_RIGHTS: {{ .needsDataRights | quote }}
{{- end }}
{{- end }}
{{- if eq .mode "ingress" }}
# The schema of the values lets this mode be chosen only with a NetworkPolicy that makes it true.
TSM_IDENTITY__BEHIND_INGRESS: "true"
TSM_IDENTITY__RIGHTS_FROM: {{ .rightsFrom | quote }}
{{- with .trustedProxies }}
TSM_IDENTITY__TRUSTED_PROXIES: {{ toJson . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Environment of what comes from secrets; called with root and component (app, worker or migration). */}}
{{- define "tsm.secretEnv" -}}
{{- $secrets := .root.Values.secrets -}}
{{- $component := .component -}}
# Addresses with passwords are files, which no child process and no listing of the environment shows.
- name: TSM_SECRETS_FOLDER
  value: /etc/tsm-secrets
{{- with .root.Values.storage }}
{{- if and (eq .kind "s3") .s3.existingSecret (ne $component "migration") }}
- name: AWS_ACCESS_KEY_ID
  valueFrom:
    secretKeyRef: {name: {{ .s3.existingSecret | quote }}, key: {{ .s3.accessKeyIdKey | quote }}}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom:
    secretKeyRef: {name: {{ .s3.existingSecret | quote }}, key: {{ .s3.secretAccessKeyKey | quote }}}
{{- end }}
{{- end }}
{{- if eq $component "app" }}
{{- with .root.Values.identity }}
{{- if .oidc.issuer }}
- name: TSM_OIDC__CLIENT_SECRET
  valueFrom:
    secretKeyRef: {name: {{ $secrets.existingSecret | quote }}, key: {{ .oidc.clientSecretKey | quote }}}
{{- end }}
{{- with .sessionKeysKey }}
- name: TSM_BROWSER__SESSION_KEYS
  valueFrom:
    secretKeyRef: {name: {{ $secrets.existingSecret | quote }}, key: {{ . | quote }}}
{{- end }}
{{- end }}
{{- end }}
{{- range $secrets.extra }}
{{- if has $component (.processes | default (list "app" "worker")) }}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: {name: {{ .secret | default $secrets.existingSecret | quote }}, key: {{ .key | quote }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "tsm.secretVolume" -}}
{{- $secrets := .Values.secrets -}}
- name: secrets
  secret:
    secretName: {{ $secrets.existingSecret | quote }}
    # Readable by the pod's group.
    defaultMode: 0440
    items:
      - {key: {{ $secrets.databaseUrlKey | quote }}, path: TSM_DATABASE_URL}
      - {key: {{ $secrets.queueUrlKey | quote }}, path: TSM_QUEUE_URL}
{{- end }}

{{- define "tsm.secretMount" -}}
- name: secrets
  mountPath: /etc/tsm-secrets
  readOnly: true
{{- end }}

{{- define "tsm.volumes" -}}
{{ include "tsm.secretVolume" .root }}
- name: registry
  configMap:
    name: {{ .root.Values.registry.existingConfigMap | default (printf "%s-registry" (include "tsm.name" .root)) }}
{{- if eq .component "app" }}
- name: rights
  configMap:
    name: {{ include "tsm.name" .root }}-rights
{{- end }}
- name: tmp
  emptyDir:
    sizeLimit: {{ index .root.Values .component "tmpSize" }}
{{- include "tsm.blobVolume" .root }}
{{- end }}

{{/* Also of a Dask cluster's workers, which leave rows in the folder of the job. */}}
{{- define "tsm.blobVolume" -}}
{{- if eq .Values.storage.kind "folder" }}
- name: blobs
  persistentVolumeClaim:
    claimName: {{ .Values.storage.folder.existingClaim | default (printf "%s-blobs" (include "tsm.name" .)) }}
{{- end }}
{{- end }}

{{- define "tsm.volumeMounts" -}}
{{ include "tsm.secretMount" . }}
# The whole folder: a single file would not follow changes of the ConfigMap.
- name: registry
  mountPath: /etc/tsm
  readOnly: true
{{- if eq .component "app" }}
- name: rights
  mountPath: /etc/tsm-rights
  readOnly: true
{{- end }}
- name: tmp
  mountPath: /tmp
{{- if eq .root.Values.storage.kind "folder" }}
- name: blobs
  mountPath: /var/lib/tsm
{{- end }}
{{- end }}
