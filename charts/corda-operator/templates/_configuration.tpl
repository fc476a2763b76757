{{- define "corda-operator.configuration" -}}
operatorImage: {{ required "image.reference: give the operator's image" .Values.image.reference | quote }}
cordaImagePattern: {{ required "corda.imagePattern: give the image of Corda, with {version} in it" .Values.corda.imagePattern | quote }}
imagePullSecrets: {{ .Values.corda.imagePullSecrets | toJson }}
namespaces: {{ .Values.watchNamespaces | toJson }}
nodePoolLabel: {{ .Values.nodePoolLabel | quote }}
nodePoolTaint: {{ .Values.nodePoolTaint | quote }}
clusterDomain: {{ .Values.clusterDomain | quote }}
monitoringNamespaces: {{ .Values.monitoring.namespaces | toJson }}
{{- with .Values.monitoring.openTelemetry }}
telemetry:
  {{- with .endpoint }}
  otlpEndpoint: {{ . | quote }}
  {{- end }}
  interval: {{ .interval | quote }}
{{- end }}
{{- with .Values.azure.tenantID }}
tenantId: {{ . | quote }}
{{- end }}
{{- with .Values.azure.authorityHost }}
authorityHost: {{ . | quote }}
{{- end }}
{{- with .Values.azure.caConfigMap }}
caConfigMap: {{ . | quote }}
{{- end }}
environment: {{ .Values.azure.environment | toJson }}
azurePorts: {{ .Values.azure.ports | toJson }}
leaseName: {{ .Release.Name | quote }}
workers: {{ .Values.workers }}
resyncSeconds: {{ .Values.resyncSeconds }}
{{- end }}
